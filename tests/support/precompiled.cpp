// Nothing but the precompiled header: CMake makes it only for a target with a
// source that uses it, and catch_main.cpp must not.
