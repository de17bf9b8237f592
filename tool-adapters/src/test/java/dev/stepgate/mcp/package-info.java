@NullMarked
package dev.stepgate.mcp;

import org.jspecify.annotations.NullMarked;
