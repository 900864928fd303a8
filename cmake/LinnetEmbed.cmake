# linnet_embed(TARGET GENERATED NAME assets PREFIX asset FILES a.html x.css|y.css [INCLUDES c.html]): embeds the files in TARGET as byte
# arrays. embed.cmake describes their names. GENERATED becomes a target that makes only the two generated files.
function(linnet_embed target generated)
    cmake_parse_arguments(EMBED "" "NAME;PREFIX" "FILES;INCLUDES" ${ARGN})
    list(JOIN EMBED_FILES "," files)
    list(JOIN EMBED_INCLUDES "," includes)
    string(REPLACE "|" ";" paths "${EMBED_FILES}")
    set(made ${EMBED_NAME}.c ${EMBED_NAME}.h)
    add_custom_command(OUTPUT ${made}
        COMMAND ${CMAKE_COMMAND} -DFILES=${files} -DNAME=${EMBED_NAME} -DPREFIX=${EMBED_PREFIX} -DINCLUDES=${includes}
                -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${paths} ${EMBED_INCLUDES} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
    add_custom_target(${generated} DEPENDS ${made})
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${EMBED_NAME}.c)
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
    add_dependencies(${target} ${generated})
endfunction()
