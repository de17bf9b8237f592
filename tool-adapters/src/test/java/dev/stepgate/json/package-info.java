/** Tests of reading, writing and canonical bytes. */
@NullMarked
package dev.stepgate.json;

import org.jspecify.annotations.NullMarked;
