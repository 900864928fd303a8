# Every network that torchvision has too, and ResNet-18-D built from its parts: the layer table, logits, gradients, a few steps of
# training, and weights both ways. LINNET_LONG=1: all of them at 224 px; else one member of each family, on small pictures.
add_executable(arch_run ${CMAKE_CURRENT_SOURCE_DIR}/arch_run.c)
linnet_link_folders(arch_run model)
linnet_link_folders(arch_run optim)
linnet_parity(arch_summary arch_summary.py linnet)
linnet_parity(arch arch.py arch_run)
linnet_parity(arch_photos arch_photos.py linnet)
set_tests_properties(parity_arch_summary parity_arch parity_arch_photos PROPERTIES LABELS parity TIMEOUT 7200
    ENVIRONMENT OMP_WAIT_POLICY=passive)
