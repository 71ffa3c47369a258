// Prints log p(x) of each point x of its input, DIM numbers in text: onnx MODEL DIM < POINTS. It is
// built against ONNX Runtime's C interface, and knows nothing of Go.
#include <stdio.h>
#include <stdlib.h>
#include "onnxruntime_c_api.h"

static const OrtApi *ort;

static void check(OrtStatus *status) {
	if (status) {
		fprintf(stderr, "%s\n", ort->GetErrorMessage(status));
		exit(1);
	}
}

int main(int argc, char **argv) {
	int64_t shape[2] = {0, argc > 2 ? atoi(argv[2]) : 0};
	size_t n = 0, room = 1 << 20;
	float *x = malloc(room * sizeof *x);
	while (n < room && scanf("%f", x + n) == 1) n++;
	shape[0] = n / shape[1];

	ort = OrtGetApiBase()->GetApi(17);
	OrtEnv *env;
	OrtSessionOptions *options;
	OrtSession *session;
	check(ort->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "flow", &env));
	check(ort->CreateSessionOptions(&options));
	check(ort->CreateSession(env, argv[1], options, &session));

	OrtMemoryInfo *memory;
	OrtValue *input, *output = NULL;
	check(ort->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
	check(ort->CreateTensorWithDataAsOrtValue(memory, x, n * sizeof *x, shape, 2, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &input));
	check(ort->Run(session, NULL, (const char *[]){"x"}, (const OrtValue *const *)&input, 1, (const char *[]){"log_prob"}, 1, &output));

	float *log_prob;
	check(ort->GetTensorMutableData(output, (void **)&log_prob));
	for (int64_t i = 0; i < shape[0]; i++) printf("%.9g\n", log_prob[i]);
}
