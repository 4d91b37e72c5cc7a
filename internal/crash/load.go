package crash

import "strings"

// mixed is a flow with a little of everything. Each run tells the receiver what it does under its own id.
func (t *trial) mixed() string {
	text := mixedFlow
	if t.chance.IntN(4) == 0 {
		text += pythonNode
	}
	return strings.ReplaceAll(text, "RECEIVER", "http://"+t.receiver.addr)
}

const mixedFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: mixed}
spec:
  nodes:
    - {id: start, type: value.set, with: {value: {id: "{{ run.id }}", items: [1, 2, 3, 4, 5]}}}
    - {id: even, type: control.if, in: {value: start}, with: {condition: "{{ len(nodes.start.value.items) == 5 }}"}}
    - {id: yes, type: value.set, in: {input: even.true}, with: {value: 1}}
    - {id: no, type: value.set, in: {input: even.false}, with: {value: 2}}
    - {id: joined, type: control.merge, in: {value: [yes, no]}}
    - id: each
      type: control.map
      after: [joined]
      with: {items: "{{ nodes.start.value.items }}", concurrency: 3}
      nodes:
        - {id: square, type: value.set, with: {value: "{{ item * item }}"}}
        - {id: put, type: http.request, in: {input: square}, with: {method: PUT, url: "RECEIVER/put/{{ run.id }}/{{ item }}"}}
    - id: round
      type: control.loop
      with: {until: "{{ index >= 3 }}"}
      nodes:
        - {id: more, type: value.set, with: {value: "{{ (item ?? 0) + 1 }}"}}
    - id: guarded
      type: control.try
      nodes:
        - {id: wrong, type: control.fail, with: {message: on purpose}}
      catch:
        - {id: caught, type: value.set, with: {value: "{{ item.code }}"}}
    - {id: flaky, type: http.request, with: {url: "RECEIVER/flaky/{{ run.id }}"}, retry: {attempts: 5, backoff: {initial: 20ms}}}
    - {id: rest, type: control.wait, with: {for: 100ms}}
    - {id: child, type: control.flow, after: [rest], with: {flow: crash_child, params: {n: 3}}}
    - {id: post, type: http.request, after: [each, child], with: {method: POST, url: "RECEIVER/post/{{ run.id }}"}}
    - {id: rows, type: value.set, with: {value: [{id: "{{ run.id }}"}]}}
    - {id: file, type: file.write, in: {table: rows}, after: [flaky, guarded, round], with: {path: "out/{{ run.id }}.csv"}}
`

const pythonNode = `    - id: work
      type: python
      after: [start]
      with:
        code: |
          def main():
              return sum(range(1000))
`

const childFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: crash_child}
spec:
  params: {n: {type: integer}}
  nodes:
    - {id: a, type: value.set, with: {value: "{{ params.n * 2 }}"}}
    - {id: b, type: control.wait, in: {value: a}, with: {for: 50ms}}
    - {id: c, type: control.return, in: {value: b}}
`
