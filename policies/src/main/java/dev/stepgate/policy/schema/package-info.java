/**
 * A tool's own input schema: which ones are admitted, and whether arguments fit.
 *
 * <p>Entry type: {@link dev.stepgate.policy.schema.ToolSchema}. Invariants: nothing is ever fetched; what is admitted can
 * be checked in bounded time and depth; only this package knows the JSON Schema library.
 */
@NullMarked
package dev.stepgate.policy.schema;

import org.jspecify.annotations.NullMarked;
