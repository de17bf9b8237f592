/** Tests of admitting schemas and of checking arguments. */
@NullMarked
package dev.stepgate.policy.schema;

import org.jspecify.annotations.NullMarked;
