# The optimisers against torch.optim.
add_executable(optim_run ${CMAKE_CURRENT_SOURCE_DIR}/optim_run.c)
linnet_link_folders(optim_run optim)
linnet_parity(optim optim.py optim_run)
