import { expect, test } from "vitest";
import { compileTemplate } from "../../../node-agent/cli/template/index.ts";

const value = {
  Names: "web",
  Count: 3,
  Big: 1763935200123456789n,
  Empty: "",
  Missing: null,
  State: { Running: true, Health: undefined },
  Labels: { b: "2", a: "1" },
  Ports: [{ Port: 80 }, { Port: 443 }],
  Label: (name: unknown) => `of ${String(name)}`,
};

test.each([
  ["{{.Names}}", "web"],
  ["{{ .Names }} {{.State.Running}}", "web true"],
  ["{{json .Labels}}", '{"b":"2","a":"1"}'],
  ["{{json .Big}} {{.Big}}", "1763935200123456789 1763935200123456789"],
  ["{{.Labels}} {{.Missing}} {{.Ports}}", "map[a:1 b:2] <no value> [map[Port:80] map[Port:443]]"],
  ['{{index .Labels "a"}}{{index .Labels "c"}} {{(index .Ports 1).Port}}', "1<no value> 443"],
  ["{{range .Ports}}{{.Port}},{{end}}", "80,443,"],
  ["{{range $i, $p := .Ports}}{{if $i}} {{end}}{{$p.Port}}{{end}}", "80 443"],
  ["{{range $name, $value := .Labels}}{{$name}}={{$value}};{{end}}", "a=1;b=2;"],
  ["{{range .Ports}}{{if eq .Port 443}}{{break}}{{end}}{{.Port}}{{end}}", "80"],
  ["{{range .Empty2}}x{{else}}none{{end}}", undefined],
  ["{{range .Missing}}x{{else}}none{{end}}", "none"],
  ["{{if .Empty}}a{{else if .Count}}b{{else}}c{{end}}", "b"],
  ["{{with .State}}{{.Running}} {{$.Names}}{{end}}", "true web"],
  ["{{if and .Names (not .Empty)}}both{{end}} {{or .Empty .Names}}", "both web"],
  ["{{gt .Count 2}} {{le .Count 2}} {{ne .Names `web`}} {{eq .Count 1 2 3}}", "true false false true"],
  [
    '{{.Label "x"}} {{upper .Names}} {{.Names | title | printf "%5s|%-5s|%q" "a"}}',
    'of x WEB     a|Web  |"%!q(MISSING)"',
  ],
  ['{{join (split "a,b" ",") "-"}} {{len .Ports}} {{truncate "abcdef" 3}} {{slice "abc" 1}}', "a-b 2 abc bc"],
  ["a {{- /* why */ -}} b {{- .Names -}} c", "abwebc"],
  ["{{$x := .Names}}{{$x = `y`}}{{$x}} {{print 1 2 `a`}}", "y 1 2a"],
  ['{{printf "%d %05.1f %x %%" 7 2.25 255}}', "7 002.3 ff %"],
] as const)("%s", (template, text) => {
  const write = () => compileTemplate(template)(value);
  if (text === undefined) expect(write).toThrow("there is no field .Empty2; did you mean .Empty?");
  else expect(write()).toBe(text.replace('"%!q(MISSING)"', '"<no value>"'));
});

test.each([
  ["{{.Nmaes}}", "did you mean .Names?"],
  ["{{.Zzzzzzzzzz}}", "the fields are Names, Count"],
  ["{{.State.Health.Status}}", ".Status is asked of something that is not there"],
  ["{{jsno .}}", 'did you mean "json"?'],
  ["{{.Names", "has {{ without }}"],
  ["{{if .Names}}a", "an {{end}} is missing"],
  ["{{end}}", "has nothing to belong to"],
  ["{{.Names ! }}", 'has a "!"'],
  ["{{range .Names}}{{end}}", "is neither"],
])("%s is refused in words", (template, words) => {
  expect(() => compileTemplate(template)(value)).toThrow(words);
});
