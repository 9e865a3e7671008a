import { Command } from "./command.tsx";
import { pullCommands, type Pullable } from "./pull-commands.ts";

/** The command that pulls an image, for the client that is chosen. Choosing needs no script: style/repository.css shows the one that is. */
export function PullBox({ image, name = "client" }: { image: Pullable; name?: string }) {
  const commands = pullCommands(image);
  return (
    <fieldset class="pull-box">
      <legend class="unseen">Client</legend>
      {commands.map(({ client, text }, index) => {
        const id = `${name}-${index}`;
        return (
          <>
            <input type="radio" class="unseen" name={name} id={id} checked={index === 0} />
            <label for={id}>{client}</label>
            <div class="pull-command">
              <Command
                text={text}
                label={client === "Dockerfile" ? "Line of a Dockerfile" : `Pull with ${client}`}
              />
            </div>
          </>
        );
      })}
    </fieldset>
  );
}
