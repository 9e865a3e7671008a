/** What the shells need: each asks `wherry __complete` for the words that fit, and files where it says so. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `_wherry() {
  local word=\${COMP_WORDS[COMP_CWORD]} line=\${COMP_LINE:0:COMP_POINT} found
  # Colons part words for bash; an image's name has some, so the line is taken apart at its spaces.
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local typed=\${words[\${#words[@]}-1]}
  found=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null | cut -f1)
  if [[ $found == :files ]]; then
    compopt -o default
    COMPREPLY=()
    return
  fi
  local prefix=
  [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]] && prefix=\${typed%"\${typed##*:}"}
  local IFS=$'\\n'
  COMPREPLY=($found)
  COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
}
complete -F _wherry wherry
`,
  zsh: `#compdef wherry
_wherry() {
  local -a found offers
  local line
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${found[1]} == :files ]]; then
    _files
    return
  fi
  for line in $found; do
    [[ -z $line ]] && continue
    offers+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line%$'\\t'*}:+:\${line#*$'\\t'}}")
  done
  _describe wherry offers
}
compdef _wherry wherry
`,
  fish: `function __wherry_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path "$typed"
  else
    printf '%s\\n' $found
  end
end
complete -c wherry -f -a '(__wherry_complete)'
`,
};
