/* Every image format that Linnet reads: LN_FORMAT(name) is src/image/name.c. They are tried in this order,
 * the formats with the weakest signatures last. The includer defines LN_FORMAT. */
LN_FORMAT(jpeg)
LN_FORMAT(png)
LN_FORMAT(webp)
LN_FORMAT(gif)
LN_FORMAT(tiff)
LN_FORMAT(heif)
LN_FORMAT(bmp)
LN_FORMAT(pnm)
