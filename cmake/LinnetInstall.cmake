# The files of `make install`: the header, both libraries, linnet.pc, the program, its manual pages, completions and translations.
# Files that only C programs need are the component "library"; tools/build-tarball installs the others.
include(GNUInstallDirs)

install(TARGETS linnet_static linnet_shared
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
if(TARGET linnet)
    install(TARGETS linnet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# The program prints its completions, so it must run here; a cross build installs none.
set(LINNET_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "folder of zsh's completion functions")
if(TARGET linnet AND NOT CMAKE_CROSSCOMPILING)
    set(completions ${CMAKE_BINARY_DIR}/completions)
    set(completion_files "")
    foreach(shell bash zsh fish)
        add_custom_command(OUTPUT ${completions}/linnet.${shell} DEPENDS linnet VERBATIM
            COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
            COMMAND linnet completion ${shell} > ${completions}/linnet.${shell})
        list(APPEND completion_files ${completions}/linnet.${shell})
    endforeach()
    add_custom_target(completions ALL DEPENDS ${completion_files})
    install(FILES ${completions}/linnet.bash RENAME linnet DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${completions}/linnet.zsh RENAME _linnet DESTINATION ${LINNET_ZSH_DIR})
    install(FILES ${completions}/linnet.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# The manual pages of the single commands, such as linnet-train(1), made from the sections of linnet(1) and the tables of options.
# Their script needs Python.
find_package(Python3 COMPONENTS Interpreter QUIET)
if(TARGET linnet AND NOT CMAKE_CROSSCOMPILING AND Python3_Interpreter_FOUND)
    set(manual ${CMAKE_SOURCE_DIR}/tools/write-manual)
    file(STRINGS cli/command_list.h commands REGEX "^LN_COMMAND")
    list(TRANSFORM commands REPLACE "_" "-")
    list(TRANSFORM commands REPLACE "LN-COMMAND\\((.+)\\)" "${CMAKE_BINARY_DIR}/man/linnet-\\1.1")
    add_custom_command(OUTPUT ${commands} DEPENDS linnet ${manual} docs/linnet.1 VERBATIM
        COMMAND ${Python3_EXECUTABLE} ${manual} --commands ${CMAKE_BINARY_DIR}/man $<TARGET_FILE:linnet> ${CMAKE_SOURCE_DIR}/docs/linnet.1)
    add_custom_target(manuals ALL DEPENDS ${commands})
    install(FILES ${commands} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
elseif(NOT Python3_Interpreter_FOUND)
    message(STATUS "python3 is not installed: no manual pages of the single commands, only linnet(1)")
endif()

# The program's messages and help in other languages: build/*/locale/LANGUAGE/LC_MESSAGES/linnet.mo.
find_program(MSGFMT msgfmt)
if(TARGET linnet AND MSGFMT)
    file(GLOB languages CONFIGURE_DEPENDS po/*.po)
    set(catalogues "")
    foreach(po IN LISTS languages)
        get_filename_component(language ${po} NAME_WE)
        set(mo ${CMAKE_BINARY_DIR}/locale/${language}/LC_MESSAGES/linnet.mo)
        add_custom_command(OUTPUT ${mo} DEPENDS ${po} VERBATIM
            COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/locale/${language}/LC_MESSAGES
            COMMAND ${MSGFMT} -c -o ${mo} ${CMAKE_SOURCE_DIR}/po/${language}.po)
        list(APPEND catalogues ${mo})
        install(FILES ${mo} DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/${language}/LC_MESSAGES)
    endforeach()
    add_custom_target(translations ALL DEPENDS ${catalogues})
elseif(NOT MSGFMT)
    message(STATUS "gettext is not installed: the program's messages are in English only")
endif()

install(FILES include/linnet/linnet.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/linnet COMPONENT library)
install(FILES docs/linnet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# linnet.pc computes its prefix from its own location, so an installed tree can be moved, and `cmake --install --prefix`
# may differ from the configured prefix.
file(RELATIVE_PATH linnet_pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" linnet_pc_prefix "${linnet_pc_prefix}")

# Libs.private names the shared libraries that liblinnet.a calls. Requires.private would make every user, even of liblinnet.so,
# install the development packages of all of these and of their dependencies.
set(linnet_pc_libs "")
if(LINNET_ONEDNN_ROOT)
    get_filename_component(folder ${ONEDNN_LIBRARY} DIRECTORY)
    set(linnet_pc_libs "-L${folder} -Wl,-rpath,${folder} ")
endif()
set(libraries dnnl ${SPNG_LIBRARIES} ${JPEG_LIBRARIES} ${WEBP_LIBRARIES} ${TIFF_LIBRARIES}
    ${JANSSON_LIBRARIES} z ${OpenMP_C_LIB_NAMES} ${CMAKE_DL_LIBS} pthread m)
list(REMOVE_DUPLICATES libraries)
list(TRANSFORM libraries PREPEND "-l")
list(JOIN libraries " " libraries)
string(APPEND linnet_pc_libs "${libraries}")
configure_file(cmake/linnet.pc.in linnet.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/linnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
