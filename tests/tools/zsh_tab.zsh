# zsh -f zsh_tab.zsh HOW LINE: what TAB behind LINE offers, one word a line, in an interactive zsh at a terminal of its own.
# HOW: fpath (zsh finds functions/_btkhost) or source (that file is read by `source`). For tests/cli/zsh_test.sh.
emulate -R zsh
zmodload zsh/zpty || exit 1
zpty session "env -i PATH=${(q)PATH} HOME=${(q)PWD} TERM=dumb zsh -f -i"
type_in() { zpty -w session "$1" }
type_in "stty -echo; fpath=(${(q)PWD}/functions \$fpath); autoload -Uz compinit; compinit -u -D"
[[ $1 == source ]] && type_in "source ${(q)PWD}/functions/_btkhost"
# Matches are caught where zsh adds them: what the terminal shows depends on its width.
type_in 'compadd() { local -a found; builtin compadd -O found "$@"; (( $#found )) && printf "offer:%s\n" "$found[@]"; builtin compadd "$@" }'
type_in 'bindkey "^I" complete-word; LISTMAX=10000; PS1="give me ""a line:"'
# Before its prompt zsh does not read keys: the terminal would take ^U for itself.
zpty -r session out '*give me a line:*' || exit 1
zpty -w -n session "$2"$'\t'
type_in $'\C-u''echo fin""ished'
zpty -r session out '*finished*'
print -r -- "$out" | tr -d '\r' | sed -n 's/^.*offer://p' | sort -u
zpty -d session
