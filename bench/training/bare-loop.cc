// The folds of the benchmark by the C API and nothing else: datasets, rounds, metric, validation
// predictions, IC, predictions of the test rows. `bare-loop FOLDER THREADS COLUMNS PARAMETERS` reads folds
// from stdin, one a line: number, four row numbers, rounds, best round.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "../../native/src/spearman.h"

extern "C" {
const char* LGBM_GetLastError();
int LGBM_DatasetCreateFromMat(const void*, int, int32_t, int32_t, int, const char*, void*, void**);
int LGBM_DatasetSetField(void*, const char*, const void*, int, int);
int LGBM_DatasetFree(void*);
int LGBM_BoosterCreate(void*, const char*, void**);
int LGBM_BoosterAddValidData(void*, void*);
int LGBM_BoosterUpdateOneIter(void*, int*);
int LGBM_BoosterGetEval(void*, int, int*, double*);
int LGBM_BoosterGetPredict(void*, int, int64_t*, double*);
int LGBM_BoosterSaveModel(void*, int, int, int, const char*);
int LGBM_BoosterPredictForMat(void*, const void*, int, int32_t, int32_t, int, int, int, int, const char*, int64_t*,
                              double*);
int LGBM_BoosterFree(void*);
}

namespace {

constexpr int kFloat32 = 0;
constexpr int kFloat64 = 1;

void Check(int status) {
  if (status == 0) return;
  std::fprintf(stderr, "%s\n", LGBM_GetLastError());
  std::exit(1);
}

std::vector<double> ReadNumbers(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<double> numbers(static_cast<size_t>(file.tellg()) / sizeof(double));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(double)));
  return numbers;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void* CreateDataset(const double* rows, const std::vector<float>& label, int columns, const std::string& parameters,
                    void* reference) {
  void* dataset = nullptr;
  const auto count = static_cast<int32_t>(label.size());
  Check(LGBM_DatasetCreateFromMat(rows, kFloat64, count, columns, 1, parameters.c_str(), reference, &dataset));
  Check(LGBM_DatasetSetField(dataset, "label", label.data(), count, kFloat32));
  return dataset;
}

}  // namespace

int main(int, char** argv) {
  const std::string folder = argv[1];
  const std::string threads = std::string(" num_threads=") + argv[2];
  const int columns = std::atoi(argv[3]);
  const std::vector<double> matrix = ReadNumbers(folder + "/matrix.f64");
  const std::vector<double> target = ReadNumbers(folder + "/target.f64");
  int number = 0;
  int rounds = 0;
  int best = 0;
  long start = 0;
  long valid_start = 0;
  long test_start = 0;
  long test_end = 0;
  while (std::scanf("%d %ld %ld %ld %ld %d %d", &number, &start, &valid_start, &test_start, &test_end, &rounds,
                    &best) == 7) {
    const std::string parameters = std::string(argv[4]) + threads + " num_iterations=" + std::to_string(rounds);
    const double began = Seconds();
    const std::vector<float> label(target.begin() + start, target.begin() + valid_start);
    const std::vector<float> valid_label(target.begin() + valid_start, target.begin() + test_start);
    void* train = CreateDataset(matrix.data() + start * columns, label, columns, parameters, nullptr);
    void* valid = CreateDataset(matrix.data() + valid_start * columns, valid_label, columns, parameters, train);
    const double created = Seconds();
    void* booster = nullptr;
    Check(LGBM_BoosterCreate(train, parameters.c_str(), &booster));
    Check(LGBM_BoosterAddValidData(booster, valid));
    lightgbm::SpearmanIc spearman(valid_label.data(), valid_label.size());
    std::vector<double> prediction(valid_label.size());
    double scores = 0;
    for (int round = 0; round < rounds; ++round) {
      int empty = 0;
      int length = 0;
      int64_t predicted = 0;
      double rmse = 0;
      Check(LGBM_BoosterUpdateOneIter(booster, &empty));
      Check(LGBM_BoosterGetEval(booster, 1, &length, &rmse));
      Check(LGBM_BoosterGetPredict(booster, 1, &predicted, prediction.data()));
      scores += rmse + spearman.Correlate(prediction.data());
    }
    const double trained = Seconds();
    std::vector<double> test(static_cast<size_t>(test_end - test_start));
    int64_t length = 0;
    Check(LGBM_BoosterPredictForMat(booster, matrix.data() + test_start * columns, kFloat64,
                                    static_cast<int32_t>(test.size()), columns, 1, 0, 0, best, parameters.c_str(),
                                    &length, test.data()));
    const double ended = Seconds();
    Check(LGBM_BoosterSaveModel(booster, 0, best, 0, (folder + "/bare-" + std::to_string(number) + ".txt").c_str()));
    Check(LGBM_BoosterFree(booster));
    Check(LGBM_DatasetFree(valid));
    Check(LGBM_DatasetFree(train));
    std::printf("{\"createS\":%.6f,\"trainS\":%.6f,\"predictS\":%.6f,\"rounds\":%d,\"scores\":%.17g}\n",
                created - began, trained - created, ended - trained, rounds, scores);
  }
}
