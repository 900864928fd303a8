# Builds a module for each installed MPI: mpi-openmpi.so, mpi-mpich.so (docs/mpi.md). The program needs none of them. If mpirun starts
# the program, the program loads the module of that mpirun.
function(linnet_mpi_module kind) # names of its compiler wrapper...
    find_program(LINNET_MPICC_${kind} NAMES ${ARGN})
    set(wrapper ${LINNET_MPICC_${kind}})
    if(NOT wrapper)
        return()
    endif()
    execute_process(COMMAND ${wrapper} -show OUTPUT_VARIABLE line ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT line MATCHES "${kind}") # a bare `mpicc` of another MPI; unset, so that the next configuration looks again
        unset(LINNET_MPICC_${kind} CACHE)
        return()
    endif()
    separate_arguments(words UNIX_COMMAND "${line}")
    set(flags ${words})
    list(FILTER flags INCLUDE REGEX "^-I")
    list(TRANSFORM flags REPLACE "^-I" "")
    set(links ${words})
    list(FILTER links INCLUDE REGEX "^-(L|l|Wl,)")
    add_library(mpi_${kind} MODULE src/comm/mpi/module.c src/comm/mpi/ring.c)
    set_target_properties(mpi_${kind} PROPERTIES PREFIX "" OUTPUT_NAME mpi-${kind}
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    target_include_directories(mpi_${kind} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_include_directories(mpi_${kind} SYSTEM PRIVATE ${flags})
    target_compile_definitions(mpi_${kind} PRIVATE _GNU_SOURCE)
    target_link_libraries(mpi_${kind} PRIVATE ${links})
    install(TARGETS mpi_${kind} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/linnet)
    message(STATUS "MPI module: mpi-${kind}.so by ${wrapper}")
endfunction()

linnet_mpi_module(openmpi mpicc.openmpi mpicc)
linnet_mpi_module(mpich mpicc.mpich mpicc)
