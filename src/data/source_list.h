/* Every kind of data that Linnet reads. The first source whose probe accepts a path opens it, so stricter
 * probes come first: idx and cifar look for known file names, flat for many photos, folder for any
 * sub-folders. */
LN_SOURCE(idx)
LN_SOURCE(cifar)
LN_SOURCE(flat)
LN_SOURCE(folder)
LN_SOURCE(list)
