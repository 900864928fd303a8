linnet_fuzz(image image)
