import { parse } from 'yaml';

/**
 * Writes chart/defaults.json: the values of values.yaml, which templates cannot read. The templates use it to recognise an installation
 * without any values (chart/templates/mlflow/_guide.tpl).
 *
 * @param values the text of values.yaml
 */
export const renderDefaults = (values: string): string => `${JSON.stringify(parse(values), null, 2)}\n`;
