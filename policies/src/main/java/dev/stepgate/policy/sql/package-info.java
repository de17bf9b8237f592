/**
 * Whether an SQL statement only reads, by a parser.
 *
 * <p>Entry type: {@link dev.stepgate.policy.sql.ReadOnlySql}. Invariant: only this package knows the SQL parser, and what
 * it or the scanner before it does not understand is never said to hold. A filter only: the database role must be
 * read-only too.
 */
@NullMarked
package dev.stepgate.policy.sql;

import org.jspecify.annotations.NullMarked;
