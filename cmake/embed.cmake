# Embeds files as byte arrays: cmake -DFILES=a.html,b.css -DNAME=assets -DPREFIX=asset -P embed.cmake
#
# Writes NAME.c and NAME.h into the working folder. a.html becomes asset_a_html, with its size in asset_a_html_size.
string(REPLACE "," ";" files "${FILES}")
set(header "/* Made from files by cmake/embed.cmake. */\n#include <stddef.h>\n\n")
set(source "/* Made from files by cmake/embed.cmake. */\n#include \"${NAME}.h\"\n")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER "${PREFIX}_${name}" name)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND header "extern const unsigned char ${name}[];\nextern const size_t ${name}_size;\n")
    string(APPEND source "\nconst unsigned char ${name}[] = {${bytes}};\nconst size_t ${name}_size = sizeof ${name};\n")
endforeach()
file(WRITE ${NAME}.h "${header}")
file(WRITE ${NAME}.c "${source}")
