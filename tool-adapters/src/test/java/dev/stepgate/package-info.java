/** What holds for the whole module. */
@NullMarked
package dev.stepgate;

import org.jspecify.annotations.NullMarked;
