/** More than any mail server has to say at once, in characters. */
const maximumReply = 64 * 1024;

/** The two sides of an SMTP conversation: a command, and the reply with its code (RFC 5321, section 4.2). */
export class SmtpLines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #unread = "";

  constructor(socket: { readable: ReadableStream; writable: WritableStream }) {
    this.#reader = socket.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#writer = socket.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
  }

  /** Sends a command and waits for its reply. @returns the reply's lines without the code. @throws Error for another code. */
  async ask(command: string, code: number): Promise<string[]> {
    await this.#writer.write(new TextEncoder().encode(`${command}\r\n`));
    return this.expect(code);
  }

  /** Waits for a reply. */
  async expect(code: number): Promise<string[]> {
    const texts: string[] = [];
    for (;;) {
      const line = await this.#line();
      const reply = /^(\d{3})(?:([ -])(.*))?$/.exec(line);
      if (!reply)
        throw new Error(`the mail server said ${JSON.stringify(line.slice(0, 200))}, which is no reply`);
      texts.push(reply[3] ?? "");
      if (reply[2] === "-") continue;
      if (Number(reply[1]) !== code) throw new Error(`the mail server refused: ${line.slice(0, 300)}`);
      return texts;
    }
  }

  /**
   * Lets go of the socket, to go on with TLS.
   *
   * @throws Error when more was said than the reply: nothing from before TLS may count as said under it.
   */
  release(): void {
    if (this.#unread !== "") throw new Error("the mail server spoke out of turn before TLS began");
    this.#reader.releaseLock();
    this.#writer.releaseLock();
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#unread.slice(0, end);
        this.#unread = this.#unread.slice(end + 2);
        return line;
      }
      if (this.#unread.length > maximumReply) throw new Error("the mail server's reply does not end");
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("the mail server hung up");
      this.#unread += this.#decoder.decode(value, { stream: true });
    }
  }
}
