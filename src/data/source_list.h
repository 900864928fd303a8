/* Every kind of data that Linnet reads, in the order in which they are asked. */
LN_SOURCE(idx)
LN_SOURCE(cifar)
LN_SOURCE(flat)
LN_SOURCE(folder)
LN_SOURCE(list)
