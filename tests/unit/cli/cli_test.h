/* What the tests of the program's parts include. */
#ifndef TESTS_CLI_TEST_H
#define TESTS_CLI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
