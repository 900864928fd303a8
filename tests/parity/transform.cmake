# Augmentation against torchvision: pixels to the bit, distributions statistically.
add_executable(transform_dump ${CMAKE_CURRENT_SOURCE_DIR}/transform_dump.c)
linnet_link_folders(transform_dump data)
linnet_parity(transform transform.py transform_dump)
