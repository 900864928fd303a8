# Logits, loss, gradients and twenty steps of SGD against PyTorch.
add_executable(net_run ${CMAKE_CURRENT_SOURCE_DIR}/net_run.c)
linnet_link_folders(net_run arch)
linnet_link_folders(net_run optim)
linnet_parity(lenet lenet.py net_run)
set_tests_properties(parity_lenet PROPERTIES LABELS parity)
