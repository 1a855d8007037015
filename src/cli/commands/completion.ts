// tally completion: the script by which a shell completes verbs, options and names, and the names themselves.
import { Command, Option } from 'commander';
import { print } from '../../lib/terminal.ts';
import { isListed, LISTS, type Listed, namesOf } from '../completion/names.ts';
import { SHELLS, type Shell, scriptFor } from '../completion/script.ts';
import { contextOf } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { Verb } from '../verb.ts';

const HELP = `
For bash, in ~/.bashrc:   source <(tally completion bash)
For zsh, in ~/.zshrc:     source <(tally completion zsh)
Names of deployments, leases, offers and peers are asked of the running peer; without one there are none.`;

/** What adds it, with all verbs of the program. */
export function completionOf(verbs: readonly Verb[]): (completion: Command) => void {
  return (completion) =>
    completion
      .argument('[shell]', `which shell: ${SHELLS.join(' or ')}`)
      .addOption(new Option('--list <what>', 'print names, one on each line').choices([...LISTS]).hideHelp())
      .addHelpText('after', HELP)
      .action(async (shell: string | undefined, { list }: { readonly list?: string }, command: Command) => {
        if (list !== undefined && isListed(list)) return listNames(contextOf(command).home, list);
        if (!isShell(shell))
          command.error(`error: give a shell: ${SHELLS.join(' or ')}`, { exitCode: EXIT.usage });
        print(scriptFor(shell, await wholeProgram(verbs)));
      });
}

/** A program with the code of all its verbs; `completion` completes its own shells. */
async function wholeProgram(verbs: readonly Verb[]): Promise<Command> {
  const program = new Command().option('--home <folder>').option('--json').option('--version');
  for (const { name, load } of verbs) (await load())(program.command(name));
  return program;
}

function isShell(shell: string | undefined): shell is Shell {
  return SHELLS.some((each) => each === shell);
}

/** Nothing is said of what went wrong: somebody is typing. */
async function listNames(home: string, list: Listed): Promise<void> {
  const names = await namesOf(home, list).catch(() => []);
  if (names.length > 0) print(names.join('\n'));
}
