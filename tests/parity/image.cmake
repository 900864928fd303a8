# Pixels and tensors against PIL and torchvision.
add_executable(image_dump ${CMAKE_CURRENT_SOURCE_DIR}/image_dump.c)
linnet_link_folders(image_dump data)
add_executable(image_make ${CMAKE_CURRENT_SOURCE_DIR}/image_make.c)
target_link_libraries(image_make PRIVATE linnet_flags linnet::codecs m)

linnet_parity(image image.py image_dump image_make ${LINNET_PHOTOS})
linnet_parity(image_heif image_heif.py image_dump)
linnet_parity(image_bombs image_bombs.py image_dump)
if(LINNET_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug") # then neither time nor memory means anything
    set_tests_properties(parity_image_bombs PROPERTIES ENVIRONMENT LINNET_UNTIMED=1)
endif()
