# Makes and installs what comes from the program itself or names its place. Part of `cmake --install`, which sets
# CMAKE_INSTALL_PREFIX and DESTDIR; CMakeLists.txt of this folder sets the rest.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

# made(FILE WORD...): the file holds what the program prints for these words.
function(made FILE)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${WORK}/${FILE} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${PROGRAM} ${ARGN} failed: ${failed}")
  endif()
endfunction()

made(btkhost completion bash)
file(INSTALL ${WORK}/btkhost DESTINATION ${CMAKE_INSTALL_PREFIX}/share/bash-completion/completions)
made(_btkhost completion zsh)
# Where Debian's zsh looks for what packages bring, and for what an administrator adds.
set(functions site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(functions vendor-completions)
endif()
file(INSTALL ${WORK}/_btkhost DESTINATION ${CMAKE_INSTALL_PREFIX}/share/zsh/${functions})
execute_process(COMMAND ${PROGRAM} definitions ${WORK} OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(INSTALL ${WORK}/.luals/ DESTINATION ${CMAKE_INSTALL_PREFIX}/${SHARE}/luals)

set(BINDIR ${CMAKE_INSTALL_PREFIX}/bin)
configure_file(${SOURCE}/btkhost@.service.in ${WORK}/btkhost@.service @ONLY)
file(INSTALL ${WORK}/btkhost@.service DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)

# The links of README.md to the examples hold in the installed copy, too.
file(CREATE_LINK ../../btkhost/scripts ${WORK}/scripts SYMBOLIC)
file(INSTALL ${WORK}/scripts DESTINATION ${CMAKE_INSTALL_PREFIX}/${DOCS})

execute_process(COMMAND ${PROGRAM} --help OUTPUT_VARIABLE HELP COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\\" "\\e" HELP "${HELP}")
string(REPLACE "-" "\\-" HELP "${HELP}")
string(REGEX REPLACE "(^|\n)([.'])" "\\1\\\\&\\2" HELP "${HELP}")
configure_file(${SOURCE}/btkhost.1.in ${WORK}/btkhost.1 @ONLY)
find_program(GZIP gzip REQUIRED)
execute_process(COMMAND ${GZIP} -9n ${WORK}/btkhost.1 COMMAND_ERROR_IS_FATAL ANY)
file(INSTALL ${WORK}/btkhost.1.gz DESTINATION ${CMAKE_INSTALL_PREFIX}/${MANUAL})
