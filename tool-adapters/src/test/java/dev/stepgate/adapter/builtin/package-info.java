@NullMarked
package dev.stepgate.adapter.builtin;

import org.jspecify.annotations.NullMarked;
