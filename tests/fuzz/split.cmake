linnet_fuzz(split data)
