import { compiled, problemsOf, resultOf, untyped, type Variables } from '../../engine/feel/fixture';

const variables: Variables = {
  name: untyped('王芳'),
  total: { value: '1800.50', type: { kind: 'money' } },
  cars: untyped([
    { plate: '沪A1', price: 100 },
    { plate: '沪B2', price: 200 },
  ]),
  nothing: untyped(null),
};
const text = (written: string) => resultOf(`template("${written}")`, variables);

describe('[L18.5] a template', () => {
  it.each([
    ['您好 {{name}}：{{= total * 2}} 元', '您好 王芳：3601 元'],
    ['{{nothing}}.', '.'],
    ['{{money text(total)}} or {{money text(total, \\",\\")}}{{money text(nothing)}}', '1800.50 or 1,800.50'],
    ['{{#if total > 1000}}大额{{/if}}{{#if total > 2000}}特大{{/if}}', '大额'],
    ['{{#loop cars}}{{this.plate}}={{this.price}};{{/loop}}', '沪A1=100;沪B2=200;'],
    ['{{#loop cars}}{{#if this.price > 100}}{{this.plate}} of {{name}}{{/if}}{{/loop}}', '沪B2 of 王芳'],
    ['{{#loop nothing}}x{{/loop}}', ''],
    ['a\\n{{\\"b\\" + name}}', 'a\nb王芳'],
    ['', ''],
    ['{ {name} }', '{ {name} }'],
  ])('%s', (written, value) => expect(text(written)).toEqual(value));

  it('reads what its parts read', () => {
    expect(compiled('template("{{name}} {{#loop cars}}{{this.plate}}{{/loop}}")', variables).reads).toEqual(['cars', 'name']);
  });

  it.each([
    ['template("Dear {{nmae}}")', '17-21 there is no "nmae" here; did you mean "name"?'],
    ['template("{{name + 1 2}}")', '21-22 "2" is not understood here; look for a missing operator, comma or bracket before it'],
    ['template("{{#if true}}x")', '9-24 "{{#if true}}" is not closed; write "{{/if}}" after what it holds'],
    ['template("{{#if true}}x{{/loop}}")', '9-33 "{{#if true}}" is not closed; write "{{/if}}" after what it holds'],
    ['template("x{{/if}}")', '9-19 "{{/if}}" closes nothing; remove it'],
    ['template(name)', '0-8 template(...) takes one text in quotes; write it: template("Dear {{name}}")'],
    ['template("{{}}")', '12-12 the expression is empty; write a FEEL expression such as total > 0'],
  ])('%s is refused at its place', (written, problem) => expect(problemsOf(written, variables)).toEqual([problem]));
});
