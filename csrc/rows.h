// Rows of a matrix packed as tiles read them, by `pack_tiles`, times a panel: `multiply_tiles`
// gives c (M, columns) = start + a panel; `in_chains`: as one of very many terms of a sum.
#pragma once

#if defined(RECURRA_BF16)
#include "bf16_rows.h"
#else
#include "float_rows.h"
#endif
