# Build options and the compiler flags that follow from them.
option(LINNET_TESTS "build the tests" ON)
option(LINNET_WERROR "treat warnings as errors" OFF)
set(LINNET_SANITIZE "" CACHE STRING "sanitizers: address,undefined or thread")
option(LINNET_FUZZ "build the fuzz targets with libFuzzer (clang)" OFF)
option(LINNET_COVERAGE "count executed lines and branches (gcc, tools/coverage)" OFF)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # GNU's attributes, MAP_ANONYMOUS and strerror_r
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -O3 vectorises Linnet's loops. Neither build type defines NDEBUG: assertions stay on, and cost nothing in a training step.
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(linnet_flags INTERFACE)
target_compile_definitions(linnet_flags INTERFACE _GNU_SOURCE)
target_compile_options(linnet_flags INTERFACE
    -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
    -Wundef -Wformat=2 -Wno-unused-parameter
    -Wno-missing-field-initializers # tables leave out fields that are zero, the default
    -ffp-contract=fast -fno-math-errno -fno-trapping-math
    $<$<BOOL:${LINNET_WERROR}>:-Werror>)
if(LINNET_SANITIZE)
    target_compile_options(linnet_flags INTERFACE -fsanitize=${LINNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(linnet_flags INTERFACE -fsanitize=${LINNET_SANITIZE})
endif()

if(LINNET_COVERAGE)
    # At -O0 gcc keeps branches that a kernel's constants exclude, and warns that they overflow a buffer.
    target_compile_options(linnet_flags INTERFACE --coverage -O0 -fprofile-update=atomic -Wno-stringop-overflow)
    target_link_options(linnet_flags INTERFACE --coverage)
endif()

# The hardening that SECURITY.md promises and tests/tools/test_hardening.sh looks for in the program. Sanitizers have their own
# checks, which _FORTIFY_SOURCE would hide. _FORTIFY_SOURCE needs optimisation, so debug builds leave it out.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
if(NOT LINNET_SANITIZE)
    include(CheckCCompilerFlag)
    target_compile_options(linnet_flags INTERFACE -fstack-protector-strong
        $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
    check_c_compiler_flag(-fcf-protection LINNET_HAS_CF_PROTECTION) # x86: indirect jumps and returns (CET)
    if(LINNET_HAS_CF_PROTECTION)
        target_compile_options(linnet_flags INTERFACE -fcf-protection)
    endif()
    target_link_options(linnet_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

# Kernels have copies for AVX2 and AVX-512 (src/base/simd.h). A compiler that cannot compile them, such as gcc with most values of
# -march, would leave only the baseline's instructions, which are several times slower. This check warns of that.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    include(CheckCSourceCompiles)
    set(CMAKE_REQUIRED_INCLUDES ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    check_c_source_compiles([[
        #include "base/simd.h"
        #include <immintrin.h>
        #if !defined(LN_HAS_COPIES)
        #error "no copies"
        #endif
        LN_KERNEL(void, add, (float *x, const float *y, int n), (x, y, n)) {
            for (int i = 0; i < n; i++) x[i] += y[i];
        }
        LN_TARGET_BF16 static __m512 dot(__m512 sum, __m512bh a, __m512bh b) {
            return _mm512_dpbf16_ps(sum, a, b);
        }
        void use(float *x, __m512 *sum, const __m512bh *a);
        LN_TARGET_BF16 void use(float *x, __m512 *sum, const __m512bh *a) {
            add(x, x, 9);
            *sum = dot(*sum, *a, *a);
        }
    ]] LINNET_COMPILES_COPIES)
    unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_DEFINITIONS)
    if(NOT LINNET_COMPILES_COPIES)
        target_compile_definitions(linnet_flags INTERFACE LN_NO_COPIES)
        message(WARNING "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} with the flags '${CMAKE_C_FLAGS}' cannot compile "
            "functions for AVX2 and AVX-512 beside the baseline's: Linnet's own kernels will be several times slower. Take "
            "gcc 12 or clang 14 or later, and leave -march out: Linnet chooses the instructions when it runs.")
    endif()
endif()
