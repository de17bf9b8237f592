@NullMarked
package dev.stepgate.adapter;

import org.jspecify.annotations.NullMarked;
