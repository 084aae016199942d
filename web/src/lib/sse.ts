/** What a stream of events carries: the data of an event, or a comment. */
export type StreamPart = { data: string } | { comment: string };

/**
 * Reads a stream of server-sent events as far as chat doors need it: data, which may have several lines, and comments.
 * Give it pieces of text as they come; `end` gives what a stream that broke off left complete.
 */
export class StreamReader {
  private rest = "";
  private lines: string[] = [];

  take(text: string): StreamPart[] {
    this.rest += text;
    const parts: StreamPart[] = [];
    // A carriage return at the end may be half of a line's end: it waits for what follows.
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!end) return parts;
      const line = this.rest.slice(0, end.index);
      this.rest = this.rest.slice(end.index + end[0].length);
      this.line(line, parts);
    }
  }

  end(): StreamPart[] {
    const parts = this.take("\n");
    this.line("", parts);
    return parts;
  }

  private line(line: string, parts: StreamPart[]) {
    if (line === "") {
      if (this.lines.length > 0) parts.push({ data: this.lines.join("\n") });
      this.lines = [];
    } else if (line.startsWith(":")) {
      parts.push({ comment: line.slice(1).trim() });
    } else if (line.startsWith("data:")) {
      this.lines.push(line.slice(5).replace(/^ /, ""));
    }
  }
}
