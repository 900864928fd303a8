linnet_fuzz(csv data)
