import { CommandError } from "../command-error.ts";
import { scripts } from "../completion/scripts.ts";
import { verb } from "../line/verb.ts";

export const completion = verb({
  usage: "bash|zsh|fish",
  flags: {},
  takes: [1, 1],
  examples: [
    ["source <(wherry completion bash)", "for this shell; in ~/.bashrc, for all to come"],
    ["source <(wherry completion zsh)", "the same for zsh, behind compinit in ~/.zshrc"],
    ["wherry completion fish | source", "the same for fish, in ~/.config/fish/config.fish"],
  ],
  async run({ args: [shell = ""] }) {
    const script = scripts[shell];
    if (script === undefined)
      throw new CommandError(`"${shell}" cannot be completed for; bash, zsh and fish can.`);
    process.stdout.write(script);
  },
});
