# The files of `make install`: the header, both libraries, linnet.pc, the program and its manual page.
include(GNUInstallDirs)

install(TARGETS linnet_static linnet_shared
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET linnet)
    install(TARGETS linnet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES include/linnet/linnet.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/linnet)
install(FILES docs/linnet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# linnet.pc computes its prefix from its own location, so an installed tree can be moved, and `cmake --install --prefix`
# may differ from the configured prefix.
file(RELATIVE_PATH linnet_pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" linnet_pc_prefix "${linnet_pc_prefix}")

# The libraries that liblinnet.a calls, by name, because they are shared libraries. (Requires.private would make every user,
# even of liblinnet.so, install the development packages of all of these and of their dependencies.)
set(linnet_pc_libs "")
if(LINNET_ONEDNN_ROOT)
    get_filename_component(folder ${ONEDNN_LIBRARY} DIRECTORY)
    set(linnet_pc_libs "-L${folder} -Wl,-rpath,${folder} ")
endif()
set(libraries dnnl ${SPNG_LIBRARIES} ${JPEG_LIBRARIES} ${WEBP_LIBRARIES} ${TIFF_LIBRARIES} ${PANGO_LIBRARIES}
    ${JANSSON_LIBRARIES} ${CRYPTO_LIBRARIES} z ${OpenMP_C_LIB_NAMES} ${CMAKE_DL_LIBS} pthread m)
list(REMOVE_DUPLICATES libraries)
list(TRANSFORM libraries PREPEND "-l")
list(JOIN libraries " " libraries)
string(APPEND linnet_pc_libs "${libraries}")
configure_file(cmake/linnet.pc.in linnet.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/linnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
