// The completion script of a shell, made from the commands themselves: their names, options, and what their arguments mean.
import type { Argument, Command, Option } from 'commander';
import type { Listed } from './names.ts';

/** Shells that there is a script for. */
export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** What an argument, or the value of an option, names: by the word in its brackets. Others are files, or nothing. */
const NAMED: Readonly<Record<string, Listed>> = {
  deployment: 'deployments',
  id: 'things',
  lease: 'leases',
  series: 'offers',
  image: 'images',
  peer: 'peers',
};

const FILES = ['file', 'folder'];

/** The script for a program with all its verbs. */
export function scriptFor(shell: Shell, program: Command): string {
  const specs = commandsIn(program).map(({ path, command }) => specOf(path, command));
  return [COMMON, `__tally_spec() {\n  case "$1" in\n${specs.join('\n')}\n  esac\n}`, ADAPTERS[shell]].join(
    '\n',
  );
}

interface Found {
  /** As in `images push`; empty: the program. */
  readonly path: string;
  readonly command: Command;
}

function commandsIn(command: Command, path = ''): Found[] {
  const inner = command.commands.flatMap((each) => commandsIn(each, `${path} ${each.name()}`.trim()));
  return [{ path, command }, ...inner];
}

/** A branch of the script: what can come after the words of a command. */
function specOf(path: string, command: Command): string {
  const options = command.options.filter(({ hidden }) => !hidden);
  const valued = options.filter(takesValue);
  const flags = options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== undefined);
  const values = valued.flatMap((option) => branchOf(flagsOf(option).join('|'), sourceOf(option)));
  const [argument] = command.registeredArguments;
  return [
    `  ${path === '' ? "''" : `'${path}'`})`,
    `    verbs='${command.commands.map((each) => each.name()).join(' ')}'`,
    `    options='${[...new Set([...flags, '--help'])].join(' ')}'`,
    `    valued='${valued.flatMap(flagsOf).join(' ')}'`,
    `    source=''`,
    `    case "$2" in`,
    ...values,
    ...branchOf("''", argument === undefined ? '' : sourceOf(argument)),
    `    esac ;;`,
  ].join('\n');
}

/** None where nothing can be completed. */
function branchOf(pattern: string, source: string): string[] {
  return source === '' ? [] : [`    ${pattern}) source='${source}' ;;`];
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined);
}

/** Where the words come from: a list of the peer, words of its own, or the files of the machine; empty: from nowhere. */
function sourceOf(of: Option | Argument): string {
  const choices = of.argChoices ?? [];
  if (choices.length > 0) return `words ${choices.join(' ')}`;
  const inBrackets = 'flags' in of ? (/[<[]([^>\]]*)[>\]]/.exec(of.flags)?.[1] ?? '') : of.name();
  const words = inBrackets.split(/[^a-z]+/);
  const named = words.map((word) => NAMED[word]).find((list) => list !== undefined);
  if (named !== undefined) return `list ${named}`;
  return words.some((word) => FILES.includes(word)) ? 'files' : '';
}

/** What both shells understand: the words before the cursor lead to a command, and that to what can come next. */
const COMMON = `# Completion of tally. Made by "tally completion".
__tally_candidates() {
  local program="$1" current="$2" known='' at='' home='' pending='' count=0 word verbs options valued source
  shift 2
  __tally_spec '' ''
  for word in "$@"; do
    if [ -n "$pending" ]; then
      [ "$pending" = --home ] && home="$word"
      pending=''
      continue
    fi
    case "$word" in
    --) return ;;
    --*=*) continue ;;
    -*)
      case " $valued --home " in *" $word "*) pending="$word" ;; esac
      continue ;;
    esac
    known=''
    [ "$count" = 0 ] && case " $verbs " in *" $word "*) known=1 ;; esac
    if [ -n "$known" ]; then
      at="\${at:+$at }$word"
      __tally_spec "$at" ''
    else
      count=$((count + 1))
    fi
  done
  if [ -n "$pending" ]; then
    source='files'
    [ "$pending" = --home ] || __tally_spec "$at" "$pending"
  elif [ "\${current#-}" != "$current" ]; then
    source="words $options --home --json"
  elif [ -n "$verbs" ] && [ "$count" = 0 ]; then
    source="words $verbs"
  elif [ "$count" -gt 0 ]; then
    source='files'
  else
    __tally_spec "$at" ''
  fi
  case "$source" in
  words*) printf '%s\\n' "\${source#words }" | tr ' ' '\\n' ;;
  list*)
    if [ -n "$home" ]; then "$program" --home "$home" completion --list "\${source#list }" 2>/dev/null
    else "$program" completion --list "\${source#list }" 2>/dev/null; fi ;;
  files) printf '%s\\n' ':files' ;;
  esac
}`;

const ADAPTERS: Readonly<Record<Shell, string>> = {
  bash: `_tally() {
  local word current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r word; do
    if [ "$word" = :files ]; then compopt -o default 2>/dev/null; continue; fi
    case "$word" in "$current"*) COMPREPLY+=("$word") ;; esac
  done < <(__tally_candidates "\${COMP_WORDS[0]}" "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}")
}
complete -F _tally tally tallymesh`,
  zsh: `_tally() {
  local word
  local -a found
  for word in "\${(@f)$(__tally_candidates "\${words[1]}" "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}")}"; do
    if [ "$word" = :files ]; then _files; elif [ -n "$word" ]; then found+=("$word"); fi
  done
  (( \${#found} )) && compadd -- "\${found[@]}"
}
(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
compdef _tally tally tallymesh`,
};
