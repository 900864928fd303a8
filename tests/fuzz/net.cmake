linnet_fuzz(net graph)
