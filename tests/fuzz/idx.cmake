linnet_fuzz(idx data)
