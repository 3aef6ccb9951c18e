/** The shells that can be helped. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

// Each gives all words up to the cursor to `shearline complete`, the last one perhaps empty; without an answer files are offered.
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `_shearline() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _shearline shearline
`,
  zsh: `#compdef shearline
_shearline() {
  local -a found
  found=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _shearline shearline
`,
  fish: `function __shearline_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] complete -- $words[2..] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path $words[-1]
  end
end
complete -c shearline -f -a '(__shearline_complete)'
`,
};
