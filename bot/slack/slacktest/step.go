package slacktest

// Step is a run of a custom step of a workflow, and how it ended.
type Step struct {
	ID, Callback string
	Inputs       map[string]any
	Done         bool
	Outputs      map[string]any
	Error        string
	token        string
}

// RunStep runs a custom step in a workflow: the app gets function_executed with a token of its own
// (docs.slack.dev/reference/events/function_executed).
func (w *Workspace) RunStep(callback string, inputs map[string]any) string {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	names, known := w.Functions[callback]
	if !known {
		w.t.Fatalf("slacktest: the app has no function %q", callback)
		return ""
	}
	s := &Step{ID: w.id("Fx"), Callback: callback, Inputs: inputs}
	s.token = "xwfp-" + s.ID
	w.steps[s.ID] = s
	var params []object
	for _, n := range names {
		params = append(params, object{"type": "string", "name": n, "title": n, "description": "", "is_required": false})
	}
	w.emit("function_executed", nil, object{
		"function": object{
			"id": "Fn" + s.ID[2:], "callback_id": callback, "title": callback, "description": "", "type": "app", "input_parameters": params,
			"output_parameters": []object{}, "app_id": w.AppID, "date_created": 1, "date_updated": 1, "date_deleted": 0,
		},
		"inputs": inputs, "function_execution_id": s.ID, "workflow_execution_id": w.id("Wx"), "bot_access_token": s.token,
	})
	return s.ID
}

// StepOf gives a run as it stands.
func (w *Workspace) StepOf(id string) Step {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.steps[id]; s != nil {
		return *s
	}
	return Step{}
}

func (w *Workspace) ended(c *call) (*Step, error) {
	s := w.steps[c.str("function_execution_id")]
	switch {
	case s == nil:
		return nil, no("function_execution_not_found")
	case s.Done:
		return nil, no("execution_not_in_running_state")
	}
	s.Done = true
	return s, nil
}

func (w *Workspace) functionsCompleteSuccess(c *call) (object, error) {
	outputs, err := c.obj("outputs")
	if err != nil {
		return nil, err
	}
	if outputs == nil {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: outputs"})
	}
	s, err := w.ended(c)
	if err != nil {
		return nil, err
	}
	s.Outputs = outputs
	return object{}, nil
}

func (w *Workspace) functionsCompleteError(c *call) (object, error) {
	if c.str("error") == "" {
		return nil, because("invalid_arguments", []string{"[ERROR] missing required field: error"})
	}
	s, err := w.ended(c)
	if err != nil {
		return nil, err
	}
	s.Error = c.str("error")
	return object{}, nil
}
