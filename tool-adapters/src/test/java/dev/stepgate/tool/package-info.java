@NullMarked
package dev.stepgate.tool;

import org.jspecify.annotations.NullMarked;
