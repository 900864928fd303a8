# What can be chosen, and the compiler flags that follow from it.
option(LINNET_TESTS "build the tests" ON)
option(LINNET_WERROR "treat warnings as errors" OFF)
set(LINNET_SANITIZE "" CACHE STRING "sanitizers: address,undefined or thread")
option(LINNET_FUZZ "build the fuzz targets with libFuzzer (clang)" OFF)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # target_clones, MAP_ANONYMOUS, strerror_r: GNU's
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -O3 vectorises the own loops; assertions stay on in every build type but cost nothing in a step.
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(linnet_flags INTERFACE)
target_compile_definitions(linnet_flags INTERFACE _GNU_SOURCE)
target_compile_options(linnet_flags INTERFACE
    -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
    -Wundef -Wformat=2 -Wno-unused-parameter
    -Wno-missing-field-initializers # a field left out is zero, and zero is the default: tables are written that way
    -ffp-contract=fast -fno-math-errno -fno-trapping-math
    $<$<BOOL:${LINNET_WERROR}>:-Werror>)
if(LINNET_SANITIZE)
    target_compile_options(linnet_flags INTERFACE -fsanitize=${LINNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(linnet_flags INTERFACE -fsanitize=${LINNET_SANITIZE})
endif()
