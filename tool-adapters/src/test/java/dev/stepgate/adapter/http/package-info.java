@NullMarked
package dev.stepgate.adapter.http;

import org.jspecify.annotations.NullMarked;
