@NullMarked
package dev.stepgate.adapter.stdio;

import org.jspecify.annotations.NullMarked;
