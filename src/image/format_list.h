/* Every image format that Linnet reads, a line each: LN_FORMAT(name) is src/image/name.c. They are tried in
 * this order; the weakest signatures come last. Included where LN_FORMAT means something. */
LN_FORMAT(jpeg)
LN_FORMAT(png)
LN_FORMAT(webp)
LN_FORMAT(gif)
LN_FORMAT(tiff)
LN_FORMAT(bmp)
LN_FORMAT(pnm)
