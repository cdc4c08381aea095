/** What `engine/interchange` uses of bpmn-moddle 10, which exports no types for its class. */
declare module 'bpmn-moddle' {
  /** An element of BPMN: what it refers to are elements themselves. */
  export interface ModdleElement {
    $type: string;
    id: string;
    [property: string]: unknown;
  }
  export class BpmnModdle {
    constructor(packages: Record<string, object>);
    create(type: string, properties: object): ModdleElement;
    toXML(element: ModdleElement, options: { format: boolean }): Promise<{ xml: string }>;
  }
}
